package dev.wings.fs.archive.write;

import dev.wings.core.operation.Progress;
import dev.wings.fs.linux.OffHeap;
import java.io.IOException;

/// Fills blocks and compresses each as a whole.
final class StreamStep implements Pipeline.Step {
  private final BlockCodec codec;
  private final BodyReader reader;
  private final Progress progress;

  StreamStep(CodecPlan plan, Progress progress, Findings findings, OffHeap memory) {
    this.reader = new BodyReader(progress, findings, memory.allocate(1));
    this.progress = progress;
    this.codec = plan.codec().get();
  }

  @Override
  public void run(Block block) throws IOException {
    reader.fill(block);
    if (block.in.position() > 0) {
      codec.compress(block.in.duplicate().flip(), block.out, progress);
    }
  }

  @Override
  public void close() {
    codec.close();
  }
}
