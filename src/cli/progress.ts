/**
 * How far a long work is, on stderr: a bar that is redrawn on a terminal, else a line at each tenth. Call the result once for
 * each step done. Short works say nothing.
 */
export function progress(label: string, total: number, stream: NodeJS.WriteStream = process.stderr): () => void {
  let done = 0;
  let shown = 0;
  if (total < 20) return () => {};
  return () => {
    done += 1;
    const tenth = Math.floor((done * 10) / total);
    if (stream.isTTY) {
      stream.write(`\r${label} [${'#'.repeat(tenth * 2).padEnd(20)}] ${done}/${total}${done === total ? '\n' : ''}`);
    } else if (tenth > shown) {
      stream.write(`${label} ${done}/${total}\n`);
    }
    shown = tenth;
  };
}
