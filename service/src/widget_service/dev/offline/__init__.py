"""Working without the network: answers that were recorded, answers that are invented, faults on demand."""
