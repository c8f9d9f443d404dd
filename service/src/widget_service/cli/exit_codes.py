"""What the command's exit codes mean; scripts rely on them."""

DONE = 0
REFUSED = 1
WRONG_USAGE = 2
DIFFERENCES = 3
