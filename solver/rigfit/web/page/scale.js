/** The scale of a memory slider: each doubling takes the same way, and its stops are amounts one would name. */

const PER_DOUBLING = 16;

/** Amounts from `low` to `high`, both included, 16 to a doubling: half a gigabyte apart between 8 and 16. */
export function stops(low, high) {
  const found = [];
  for (let at = low; at < high; at += step(at)) found.push(at);
  return [...found, high];
}

const step = (at) => 2 ** Math.floor(Math.log2(at)) / PER_DOUBLING;

/** The stop nearest to an amount, by its place. */
export function nearest(all, amount) {
  let best = 0;
  for (let place = 1; place < all.length; place += 1) {
    if (Math.abs(all[place] - amount) < Math.abs(all[best] - amount)) best = place;
  }
  return best;
}

/** Where an amount lies on the track, from 0 to 1; between two stops in proportion. */
export function position(all, amount) {
  if (amount <= all[0]) return 0;
  const above = all.findIndex((stop) => stop >= amount);
  if (above < 0) return 1;
  const below = all[above - 1];
  return (above - 1 + (amount - below) / (all[above] - below)) / (all.length - 1);
}
