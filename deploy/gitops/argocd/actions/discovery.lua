-- What people may do to a resource of unifiedmessaging.dev by a click in Argo CD.

local function stalled()
  for _, one in ipairs((obj.status or {}).conditions or {}) do
    if one.type == "Stalled" and one.status == "True" then return true end
  end
  return false
end

local suspended = obj.spec.suspend == true

local actions = {
  reconcile = { disabled = false },
  retry = { disabled = not stalled() },
  suspend = { disabled = suspended },
  resume = { disabled = not suspended },
}

if obj.kind == "ExchangeOrganization" then
  local plan = (obj.status or {}).plan or {}
  actions["approve-plan"] = {
    disabled = plan.digest == nil or plan.digest == obj.spec.approvedPlan,
    params = { { name = "digest" } },
  }
end

if obj.kind == "UMCertificate" then actions.renew = { disabled = false } end

return actions
