/** From this many viewers of a room on agents come first: what viewers get is gathered for a moment, a write a viewer. */
export const largeAudience = 50;
/** Viewers written to before the process turns to something else: about a millisecond. */
export const viewersAtOnce = 100;
