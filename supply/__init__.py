"""What the service is made of: its bill of materials, licences, and known faults of what it depends on."""
