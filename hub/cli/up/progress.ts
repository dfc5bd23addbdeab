// One line for each thing that takes a while: what, and how long it took.

export class Progress {
  private readonly stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.stream = stream;
  }

  async during<T>(what: string, work: Promise<T>): Promise<T> {
    this.stream.write(`kelp: ${what} … `);
    const begun = performance.now();
    try {
      const result = await work;
      this.stream.write(`${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
      return result;
    } catch (error) {
      this.stream.write('failed\n');
      throw error;
    }
  }
}
