-- Health in Argo CD of every kind of unifiedmessaging.dev; their conditions follow kstatus.
-- Suspended stands for what waits for a window, an approval, a person, or rests because somebody said so.
-- Argo CD opens Lua's base and table libraries here, not its string library.

-- Reasons of what is tried again, and that most often a person must repair.
local in_trouble = {
  AuthenticationFailed = true,
  EndpointUnreachable = true,
  EndpointUnusable = true,
  IssuanceDenied = true,
  IssuanceFailed = true,
  ServersUnreadable = true,
}

local function health(status, message)
  return { status = status, message = message }
end

-- Returns a condition; every type but Ready stands there only while it is True.
local function condition(kind)
  for _, one in ipairs(obj.status.conditions or {}) do
    if one.type == kind then return one end
  end
  return nil
end

-- Tells whether nothing will happen before somebody or something else decides.
local function waits(reason)
  -- A word from the one to the other begins with "WaitingFor".
  return ("WaitingFor" <= reason and reason < "WaitingFos") or reason == "ObserveMode"
    or reason == "IssuancePending"
end

-- Argo CD 3.6 and later show the message of what is being deleted; earlier ones say that it is pending.
local function deletion()
  local ready, stalled = obj.status and condition("Ready"), obj.status and condition("Stalled")
  return {
    status = stalled and "Degraded" or "Progressing",
    deletionMessage = (stalled or ready or {}).message or "Being deleted",
  }
end

if obj.metadata.deletionTimestamp ~= nil then return deletion() end

if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "The operator has not seen this generation yet")
end

local ready = condition("Ready")
if ready == nil then return health("Progressing", "Not judged yet") end

local stalled = condition("Stalled")
if stalled then return health("Degraded", stalled.message) end

-- What is begun is brought to its end, whatever else waits: for a person who restarts another pool, for example.
local reconciling = condition("Reconciling")
if reconciling then return health("Progressing", reconciling.message) end

local suspended = condition("Suspended")
if suspended then return health("Suspended", suspended.message) end

local manual = condition("ManualActionRequired")
if manual then return health("Suspended", manual.message) end

if ready.status == "True" then return health("Healthy", ready.message) end

-- What becomes of a drift stands in the condition Drifted.
local drifted = condition("Drifted")
local told = drifted or ready
if waits(told.reason) then return health("Suspended", told.message) end
if in_trouble[ready.reason] then return health("Degraded", ready.message) end
return health("Progressing", told.message)
