-- Stops new writes; what is begun is finished.
obj.spec.suspend = true
return obj
