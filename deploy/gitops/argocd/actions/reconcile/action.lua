-- Asks for a pass over what this resource stands for; echoed in status.lastHandledReconcileAt.
local os = require("os")
local annotations = obj.metadata.annotations or {}
annotations["unifiedmessaging.dev/reconcile-requested-at"] = os.date("!%Y-%m-%dT%H:%M:%SZ")
obj.metadata.annotations = annotations
return obj
