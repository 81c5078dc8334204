-- Approves the plan whose digest was entered: the one that was read, not one that was made since.
local digest = (actionParams or {})["digest"]
local plan = (obj.status or {}).plan or {}

if digest == nil or digest == "" then
  error("enter the digest of the plan that you read, as in status.plan.digest", 0)
end
if digest ~= plan.digest then
  error("\"" .. digest .. "\" does not wait for approval; read the plan in status.plan, and enter its digest", 0)
end

obj.spec.approvedPlan = digest
return obj
