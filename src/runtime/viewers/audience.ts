/** Number of viewers of a room from which frames are batched into one write per viewer, so that agents are not delayed. */
export const largeAudience = 50;
/** Viewers written to before yielding to other work, about one millisecond. */
export const viewersAtOnce = 100;
