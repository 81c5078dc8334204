"""``python -m um_operator.cli``: the same as ``umctl``."""

from um_operator.cli.main import main

main()
