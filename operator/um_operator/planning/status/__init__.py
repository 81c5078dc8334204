"""How each kind's status is made: conditions by one table, the fields beside them."""
