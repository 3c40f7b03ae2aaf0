package org.sparklora.spark.reduce;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.tree.BrokenTreeException;
import org.sparklora.spark.tree.Junction;
import org.sparklora.spark.tree.Round;
import org.sparklora.spark.tree.Span;
import org.sparklora.spark.tree.TreePort;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * A worker whose sums go over a tree. The driver tells it its place, and when all sums have
 * arrived. If the tree breaks, the worker still has its sums and sends them over the next one.
 */
final class TreeWorker {
  private final ReductionAddress address;
  private final ReductionClient driver;
  private final TreePort port;
  private final WorkerSteps steps;
  private Optional<Span> span = Optional.empty();
  private Optional<AdapterState> state = Optional.empty();
  private Optional<WorkerSteps.Sums> sums = Optional.empty();

  TreeWorker(ReductionAddress address, ReductionClient driver, TreePort port, WorkerSteps steps) {
    this.address = address;
    this.driver = driver;
    this.port = port;
    this.steps = steps;
  }

  /** Works until the driver ends it, and returns the driver's last message. */
  DriverMessage work() {
    DriverMessage answer = driver.join();
    while (answer instanceof DriverMessage.Route route) {
      answer = work(route);
    }
    return answer;
  }

  private DriverMessage work(DriverMessage.Route route) {
    if (!span.equals(Optional.of(route.span()))) {
      span = Optional.of(route.span());
      steps.computer().willCompute(route.span().begin(), route.span().end());
    }
    Junction junction = port.enter(new Round(address.segment(), route.round()), route.tree());
    junction.ifUnreachable(executor -> driver.unreachable(route.round(), executor));
    if (state.filter(known -> known.step() == route.step()).isEmpty()) {
      state = adapter(route, junction);
    }
    // Without an adapter the segment is over or the tree is broken, and the driver's answer says
    // which.
    return state.isEmpty() ? driver.join() : exchange(route, junction);
  }

  /**
   * Gets the adapter of the step to compute. In the first tree of a segment all workers need it, so
   * it comes over the tree. Later only a new attempt needs it. It asks the driver, because other
   * workers may be computing and then do not answer.
   */
  private Optional<AdapterState> adapter(DriverMessage.Route route, Junction junction) {
    if (route.round() == 1) {
      return await(junction.ask(route.step(), route.span().begin()));
    }
    return driver.fetch() instanceof DriverMessage.Compute compute
        ? Optional.of(compute.state())
        : Optional.empty();
  }

  /** Computes and exchanges step after step, until the driver answers with another message. */
  private DriverMessage exchange(DriverMessage.Route route, Junction junction) {
    while (state.isPresent()) {
      CompletableFuture<AdapterState> next = add(state.get(), route.span(), junction);
      WorkerSteps.Sums own = sums.orElseThrow();
      DriverMessage answer = driver.ready(route.round(), own.step(), own.cost());
      if (!(answer instanceof DriverMessage.Next)) {
        return answer;
      }
      state = await(next);
    }
    return driver.join();
  }

  /**
   * Adds the sums of a step to a tree. If they were computed for an earlier tree, they are sent
   * again.
   */
  private CompletableFuture<AdapterState> add(AdapterState now, Span own, Junction junction) {
    if (sums.filter(known -> known.step() == now.step()).isPresent()) {
      return junction.add(now.step(), own.begin(), sums.get().sums());
    }
    sums = Optional.empty();
    Map<GradientTree.Node, MicroBatchGradient> all = new TreeMap<>();
    WorkerSteps.Sums last =
        steps.compute(
            now,
            own,
            part -> {
              all.putAll(part);
              var unused = junction.add(now.step(), own.begin(), part);
            });
    all.putAll(last.sums());
    sums = Optional.of(new WorkerSteps.Sums(last.step(), last.cost(), all));
    return junction.add(now.step(), own.begin(), last.sums());
  }

  /** Waits for the next adapter; empty if the tree breaks first. */
  private Optional<AdapterState> await(CompletableFuture<AdapterState> next) {
    try {
      return Optional.of(next.get(address.patience(), TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BrokenTreeException) {
        return Optional.empty();
      }
      throw new IllegalStateException("Cannot exchange gradients", e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "Cannot exchange gradients: no adapter in " + address.patience() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Worker interrupted", e);
    }
  }
}
