"""What authors of events need: a new catalogue, a new event, a trial of values, and a look at what is there."""
