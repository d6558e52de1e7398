const realNow = Date.now;
let ahead = 0;

/** Every part of this process asks `Date.now`: it is later now, by so many seconds, and the time goes on. */
export function moveClock(seconds: number): void {
  ahead += seconds * 1000;
  if (Date.now === realNow) Date.now = () => realNow() + ahead;
}

/** It stays this very millisecond, so that what is counted in seconds is the same however long a machine takes. */
export function stopClock(): void {
  const now = realNow();
  Date.now = () => now + ahead;
}

export function restoreClock(): void {
  ahead = 0;
  Date.now = realNow;
}

/** A second is over for what is kept in memory for a second. That clock never goes back, so nothing is restored. */
export function outliveCaches(): void {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 1000;
}
