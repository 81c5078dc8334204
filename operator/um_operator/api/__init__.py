"""What people write: pydantic models of the resources, their rules, conditions and reasons."""
