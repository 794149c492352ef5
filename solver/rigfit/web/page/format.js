/**
 * Amounts as people read them: what `rigfit/units.py` prints on the command line, to the digit. Amounts come from the
 * server in base units (bytes, milliseconds, hundredths of a point, millionths of a US dollar); nothing is reckoned here.
 */

const KIB = 1024;
export const MIB = KIB ** 2;
export const GIB = KIB ** 3;
const GB = 10 ** 9;
const USD = 10 ** 6;

/** A number with so many decimals; a tie goes to the even digit, as Python rounds (toFixed rounds it up). */
export function fixed(value, digits) {
  const exact = value.toFixed(Math.min(100, digits + 60));
  const cut = exact.length - 60;
  const tie = exact[cut] === "5" && /^0*$/.test(exact.slice(cut + 1));
  if (!tie) return value.toFixed(digits);
  const below = exact.slice(0, cut).replace(/\.$/, "");
  const even = Number(below.at(-1)) % 2 === 0;
  if (even) return below;
  const step = 10 ** -digits;
  return (Number(below) + (value < 0 ? -step : step)).toFixed(digits);
}

const grouped = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");

/** A whole number with its thousands apart: "8,192". */
export const count = (value) => grouped(String(value));

/** Bytes of memory: "12.0 GB" for 12 GiB. */
export function memory(bytes) {
  if (bytes < GIB && bytes < 1000 * MIB) return `${fixed(bytes / MIB, 0)} MB`;
  return `${fixed(bytes / GIB, 1)} GB`;
}

/** Bytes of memory without a decimal that says nothing: "12 GB". */
export const memoryShort = (bytes) => memory(bytes).replace(".0 ", " ");

/** Bytes of memory where one decimal would hide a step: "12.25 GB". */
export const memoryExact = (bytes) => `${fixed(bytes / GIB, 2)} GB`;

/** Bytes of storage, decimal: "15.7 GB". */
export function file(bytes) {
  if (bytes < 10 ** 9) return `${fixed(bytes / 10 ** 6, 0)} MB`;
  if (bytes < 10 ** 12) return `${fixed(bytes / GB, 1)} GB`;
  return `${fixed(bytes / 10 ** 12, 1)} TB`;
}

export const fileShort = (bytes) => file(bytes).replace(".0 ", " ");

/** Milliseconds as a person would say them: "0.8 s", "26 s", "3 min", "1.5 h", "4.3 days". */
export function time(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${fixed(seconds, 1)} s`;
  if (seconds < 100) return `${fixed(seconds, 0)} s`;
  if (seconds < 5400) return `${fixed(seconds / 60, 0)} min`;
  if (seconds < 48 * 3600) return `${fixed(seconds / 3600, 1)} h`;
  const days = seconds / 86400;
  return days < 10 ? `${fixed(days, 1)} days` : `${fixed(days, 0)} days`;
}

/** Hundredths of a point: "78.6". */
export const points = (hundredths) => fixed(hundredths / 100, 1);

/** Thousandths of a token a second: "8.4", "31". */
export const tokens = (thousandths) => fixed(thousandths / 1000, thousandths < 10_000 ? 1 : 0);

/** Permille as a whole percentage: "75 %". */
export const share = (permille) => `${fixed(permille / 10, 0)} %`;

/** Millionths of a dollar with so many decimals, reckoned in whole millionths: a tie goes to the even digit. */
function dollars(amount, digits) {
  const unit = 10 ** (6 - digits);
  let whole = Math.floor(amount / unit);
  const rest = 2 * (amount - whole * unit);
  if (rest > unit || (rest === unit && whole % 2 === 1)) whole += 1;
  return (whole / 10 ** digits).toFixed(digits);
}

/** Money: "$549", "$12.50", "$0.025", "$0.000088". */
export function usd(amount) {
  if (amount >= 100 * USD || (amount && amount % USD === 0)) return `$${grouped(dollars(amount, 0))}`;
  if (amount >= USD / 10) {
    const [whole, cents] = dollars(amount, 2).split(".");
    return `$${grouped(whole)}.${cents}`;
  }
  if (amount === 0) return "$0";
  // Up to three figures, no further than a millionth: 25000 is 0.025, 88 is 0.000088.
  const digits = Math.min(6, 9 - String(amount).length);
  return `$${dollars(amount, digits).replace(/0+$/, "")}`;
}

/** Formats by the name of what they print: `data-unit` of a figure on the page. */
export const FORMATS = { memory, memoryShort, memoryExact, file, fileShort, time, points, tokens, share, usd, count };
