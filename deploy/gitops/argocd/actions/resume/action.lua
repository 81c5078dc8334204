-- Takes the suspension away.
obj.spec.suspend = nil
return obj
