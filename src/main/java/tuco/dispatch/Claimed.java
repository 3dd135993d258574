package tuco.dispatch;

import tuco.channels.Outgoing;

/** A message whose attempt is durably marked: what the channel gets, and what guards its outcome. */
record Claimed(Attempt attempt, Outgoing outgoing) {}
