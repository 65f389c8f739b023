"""Real servers on this machine, with their own truth: started, seeded, collected from in two phases, compared, stopped."""
