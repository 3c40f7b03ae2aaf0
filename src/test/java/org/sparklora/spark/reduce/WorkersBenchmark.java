package org.sparklora.spark.reduce;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.SteadyClock;

/**
 * The driver's half alone, with simulated workers: real frames of one micro-batch a worker, decoded
 * and summed as they would come from the wire, and the next adapter encoded once for all. What the
 * network takes comes on top. {@code jobs/bench workers [PARAMETERS [MOST_WORKERS]]}
 */
final class WorkersBenchmark {
  private static final int STEPS = 8;
  private static final int WARM_UP = 3;

  private WorkersBenchmark() {}

  public static void main(String[] args) throws Exception {
    int parameters = args.length > 0 ? Integer.parseInt(args[0]) : 797_184;
    int most = args.length > 1 ? Integer.parseInt(args[1]) : 512;
    int threads = Runtime.getRuntime().availableProcessors();
    System.out.printf(
        Locale.ROOT,
        "%,d parameters, %d threads, heap of at most %d MB%n",
        parameters,
        threads,
        Runtime.getRuntime().maxMemory() >> 20);
    System.out.println(
        "| workers | ms a step | ms a worker | MB received | MB heap, order | MB heap, worst order"
            + " |");
    System.out.println("|---|---|---|---|---|---|");
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int workers = 8; workers <= most; workers *= 2) {
        double inOrder = measure(pool, parameters, workers, threads, false)[1];
        double[] worst = measure(pool, parameters, workers, threads, true);
        System.out.printf(
            Locale.ROOT,
            "| %d | %.0f | %.2f | %.0f | %.0f | %.0f |%n",
            workers,
            worst[0],
            worst[0] / workers,
            workers * 4e-6 * parameters,
            inOrder,
            worst[1]);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /**
   * Milliseconds a step, and megabytes of heap that are reachable while the frames of the second
   * half come.
   *
   * @param evenFirst whether no sum can be made before half of the workers have pushed
   */
  private static double[] measure(
      ExecutorService pool, int parameters, int workers, int threads, boolean evenFirst)
      throws Exception {
    AdapterOptimizer optimizer = TestOptimizers.adamW(workers, parameters);
    Segment segment =
        new Segment(
            optimizer, WARM_UP + STEPS, workers, (result, seconds) -> {}, SteadyClock.SYSTEM);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      order.add(evenFirst ? (i < workers / 2 ? 2 * i : 2 * (i - workers / 2) + 1) : i);
    }
    AtomicLong answers = new AtomicLong();
    float[] gradient = new float[parameters];
    Arrays.fill(gradient, 1e-3f);
    double[] milliseconds = new double[STEPS];
    double heap = 0;
    for (int step = 0; step < WARM_UP + STEPS; step++) {
      boolean looks = step == WARM_UP + STEPS - 1;
      double before = looks ? heapAfterCollection() : 0;
      long began = System.nanoTime();
      push(pool, segment, order.subList(0, workers / 2), step, gradient, threads, answers);
      if (looks) {
        heap = heapAfterCollection() - before;
      }
      push(pool, segment, order.subList(workers / 2, workers), step, gradient, threads, answers);
      if (step >= WARM_UP) {
        milliseconds[step - WARM_UP] = (System.nanoTime() - began) / 1e6;
      }
      if (optimizer.state().step() != step + 1) {
        throw new IllegalStateException("step not completed: " + segment.waitingFor());
      }
    }
    if (answers.get() != (long) workers * (WARM_UP + STEPS)) {
      throw new IllegalStateException(answers + " answers");
    }
    Arrays.sort(milliseconds);
    return new double[] {milliseconds[STEPS / 2], heap};
  }

  private static void push(
      ExecutorService pool,
      Segment segment,
      List<Integer> workers,
      long step,
      float[] gradient,
      int threads,
      AtomicLong answers)
      throws Exception {
    List<Callable<Void>> senders = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      int first = thread;
      senders.add(
          () -> {
            ByteBuffer space = ByteBuffer.allocate(0);
            for (int i = first; i < workers.size(); i += threads) {
              int worker = workers.get(i);
              Map<GradientTree.Node, MicroBatchGradient> sums = new TreeMap<>();
              sums.put(new GradientTree.Node(0, worker), new MicroBatchGradient(1, gradient));
              WorkerMessage.Sender sender = new WorkerMessage.Sender(1, 1, worker, 0, "simulated");
              space =
                  new WorkerMessage.Push(sender, step, WorkerCost.UNKNOWN, GradientType.FP32, sums)
                      .encode(space);
              segment.receive(
                  WorkerMessage.decode(space.duplicate(), gradient.length),
                  answer -> answers.addAndGet(answer.remaining() > 0 ? 1 : 0));
            }
            return null;
          });
    }
    for (Future<Void> sender : pool.invokeAll(senders)) {
      sender.get();
    }
  }

  private static double heapAfterCollection() {
    System.gc();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(buffers -> buffers.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return (ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + direct) / 1e6;
  }
}
