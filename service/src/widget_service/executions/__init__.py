"""What became of calls: counted for each connector, and some of them kept, without holding any of them up."""
