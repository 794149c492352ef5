// What should I install on this card? Starts rigfit, asks, shows progress, stops it:
//
//   node index.js [PRESET] [CARD] [RAM]
//
// RIGFIT says how rigfit is started, as a JSON list: ["python", "-m", "rigfit"]; "rigfit" on the path where it is not set.

import { RigfitError, start } from "./rigfit.js";

const [preset = "photorealism", card = "RTX 3060 12GB", ram = "32 GB"] = process.argv.slice(2);
const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;

let step = 0;
/** Show a stage, how it went and how long it took. */
async function stage(title, work) {
  const begun = performance.now();
  process.stdout.write(`[${++step}/6] ${title} ... `);
  const found = await work();
  process.stdout.write(`${Math.round(performance.now() - begun)} ms\n`);
  return found;
}

const server = await stage("starting rigfit", () => start({ command: JSON.parse(process.env.RIGFIT ?? '["rigfit"]') }));
const { rigfit } = server;
try {
  const presets = await stage("reading the presets", () => rigfit.presets());
  const chosen = presets.find((one) => one.id === preset);
  if (!chosen) throw new Error(`no preset ${preset}; there are: ${presets.map((one) => one.id).join(", ")}`);
  const request = { ...chosen.request, preset, machine: { gpus: [card], ram } };

  const answer = await stage(`solving ${preset} for ${card}`, () => rigfit.solve(request));
  for (const bundle of answer.bundles) {
    console.log(`  ${bundle.rank}  ${bundle.tasks.map((task) => task.title).join(" + ")}`);
    console.log(`     ${gigabytes(bundle.download_bytes)} to download, ${bundle.licences.join(", ")}`);
  }
  if (!answer.bundles.length) console.log(`  ${answer.explanation.summary}`);

  await stage("dragging the memory slider from 4 to 24 GB", async () => {
    let last = null;
    for (let vram = 4; vram <= 24; vram += 4) {
      const quick = await rigfit.quick({ ...request, machine: { ...request.machine, vram: `${vram} GB` } });
      const best = quick.bundles[0]?.tasks.map((task) => `${task.title} ${task.placement}`).join(" + ") ?? "nothing fits";
      if (best !== last) process.stdout.write(`\n  ${String(vram).padStart(2)} GB  ${(last = best)}`);
    }
    process.stdout.write("\n  ");
  });

  const variants = ["bf16", "fp8", "Q8_0", "Q6_K", "Q5_K_S", "Q4_K_S", "Q3_K_S", "nf4"];
  const cases = variants.map((denoiser) => ({
    id: denoiser, model: "flux1-dev", variants: { denoiser }, machine: { gpu: card, ram_gb: parseFloat(ram) },
  }));
  await stage(`FLUX.1 dev in ${cases.length} precisions`, async () => {
    let done = 0;
    for await (const one of rigfit.estimates(cases)) {
      const result = one.error ?? `${one.verdict}, ${gigabytes(one.peak_vram.high)} at the peak`;
      process.stdout.write(`\n  ${++done} of ${cases.length}  ${String(one.id).padEnd(7)} ${result}`);
    }
    process.stdout.write("\n  ");
  });
} catch (problem) {
  console.error(`\nerror: ${problem.message}`);
  if (problem instanceof RigfitError && problem.nearest.length) console.error(`did you mean ${problem.nearest.join(", ")}?`);
  process.exitCode = 2;
} finally {
  step = 5;
  await stage("stopping rigfit", server.stop);
}
