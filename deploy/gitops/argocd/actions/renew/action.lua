-- Asks for new certificates now; echoed in status.lastHandledRenewAt.
local os = require("os")
local annotations = obj.metadata.annotations or {}
annotations["unifiedmessaging.dev/renew-requested-at"] = os.date("!%Y-%m-%dT%H:%M:%SZ")
obj.metadata.annotations = annotations
return obj
