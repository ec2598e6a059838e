package dev.wings.fs.archive.write;

import dev.wings.core.operation.OperationAbortedException;
import dev.wings.core.operation.Progress;
import dev.wings.fs.linux.OffHeap;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Spreads the making of an archive over threads.
///
/// The calling thread walks the tree and plans: it opens each file, takes its size, and lays
/// headers and bodies out one after the other in blocks of equal size, without reading any body.
/// That is possible because a body has exactly the length that its header promised. Workers take
/// planned blocks, read the bodies into them, and compress; many small files or parts of one large
/// file make no difference to them. The calling thread writes finished blocks in their order
/// whenever it needs a free one, so a slow target holds back the plan, and memory is a fixed number
/// of blocks: two for each worker and two more.
///
/// Considered and rejected: one task for each file (hand-over costs more than small files, a large
/// one occupies a single thread); a thread that reads ahead for compressing threads (copies
/// everything once more through its cache).
final class Pipeline implements AutoCloseable {
  /// Files that may wait to be read, over all blocks.
  private static final int MAX_OPEN_FILES = 512;

  private static final int MIN_PIECES = 16;
  private static final long CANCEL_POLL_MILLIS = 50;

  private final Progress progress;
  private final Sink sink;
  private final OffHeap memory = new OffHeap();
  private final Deque<Block> free = new ArrayDeque<>();
  private final Deque<Block> submitted = new ArrayDeque<>();
  private final BlockingQueue<Block> work = new LinkedBlockingQueue<>();
  private final List<Thread> workers = new ArrayList<>();
  private final int maxPieces;
  private Block current;
  private volatile boolean stopping;

  /// What a worker does with a block; one object for each worker.
  interface Step extends AutoCloseable {
    void run(Block block) throws IOException;

    @Override
    void close();
  }

  /// Makes the step of one worker.
  interface Steps {
    /// @param memory for buffers that live as long as the pipeline
    Step create(OffHeap memory);
  }

  /// Takes finished blocks in order, on the calling thread.
  interface Sink {
    void accept(Block block) throws IOException;
  }

  Pipeline(int threads, CodecPlan plan, Steps steps, Sink sink, Progress progress) {
    this.progress = progress;
    this.sink = sink;
    int blocks = 2 * threads + 2;
    this.maxPieces = Math.max(MIN_PIECES, MAX_OPEN_FILES / blocks);
    boolean started = false;
    try {
      for (int i = 0; i < blocks; i++) {
        free.add(new Block(memory.allocate(plan.blockBytes()), memory.allocate(plan.outBytes())));
      }
      current = free.remove();
      for (int i = 0; i < threads; i++) {
        Step step = steps.create(memory);
        workers.add(
            Thread.ofPlatform().daemon().name("wings-archive-" + i).start(() -> work(step)));
      }
      started = true;
    } finally {
      if (!started) {
        endWorkers();
        memory.close();
      }
    }
  }

  static long bytes(int threads, CodecPlan plan) {
    return (2L * threads + 2) * (plan.blockBytes() + plan.outBytes())
        + threads * plan.workerBytes();
  }

  /// The block that is being planned.
  Block current() {
    return current;
  }

  int maxPieces() {
    return maxPieces;
  }

  /// Hands the current block over and takes a free one, writing finished ones meanwhile.
  void submit() throws IOException {
    submitted.addLast(current);
    work.add(current);
    while (!submitted.isEmpty() && (free.isEmpty() || submitted.getFirst().done.getCount() == 0)) {
      writeOldest();
    }
    current = free.remove();
  }

  /// Hands over what is left and waits until everything is written.
  void finish() throws IOException {
    if (current.in.position() > 0 || !current.parts.isEmpty()) {
      submit();
    }
    while (!submitted.isEmpty()) {
      writeOldest();
    }
  }

  private void writeOldest() throws IOException {
    Block block = submitted.getFirst();
    await(block);
    switch (block.failure) {
      case null -> {}
      case IOException failure -> throw failure;
      case RuntimeException failure -> throw failure;
      case Error failure -> throw failure;
      default -> throw new IOException("archive worker failed", block.failure);
    }
    sink.accept(block);
    submitted.removeFirst();
    block.reset();
    free.addLast(block);
  }

  private void await(Block block) {
    try {
      while (!block.done.await(CANCEL_POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        progress.check();
      }
      progress.check();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperationAbortedException();
    }
  }

  private void work(Step step) {
    try (step) {
      while (!stopping) {
        Block block = work.take();
        try {
          step.run(block);
        } catch (Throwable failure) { // reported by the calling thread, which ends the pipeline
          block.failure = failure;
        } finally {
          letGo(block);
          block.done.countDown();
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt(); // by close
    }
  }

  private static void letGo(Block block) {
    block.pieces.forEach(piece -> piece.file().release());
    block.pieces.clear();
  }

  /// Ends the workers and waits for them; closes files of blocks that never got their turn.
  @Override
  public void close() {
    endWorkers();
    letGo(current);
    work.forEach(Pipeline::letGo);
    memory.close();
  }

  private void endWorkers() {
    stopping = true;
    boolean interrupted = Thread.interrupted();
    for (Thread worker : workers) {
      worker.interrupt();
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true; // the buffers are the workers' until they have ended
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
