-- Lets what was given up be tried again; echoed in status.lastHandledRetryAt.
local os = require("os")
local annotations = obj.metadata.annotations or {}
annotations["unifiedmessaging.dev/retry-requested-at"] = os.date("!%Y-%m-%dT%H:%M:%SZ")
obj.metadata.annotations = annotations
return obj
