package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.train.step.AdapterState;

/**
 * The frame that brings workers the current step and its adapter. All workers are sent the same
 * one, so it is encoded once a step. Its memory is used again two steps later. A worker that is
 * still being sent the old frame then has not pushed since, so a newer attempt has replaced it and
 * its pushes no longer count. Not thread-safe.
 */
final class StepFrame {
  private final ByteBuffer[] memory = new ByteBuffer[2];
  private Optional<ByteBuffer> current = Optional.empty();

  /** Forgets the frame: a new step has begun. */
  void beginStep() {
    current = Optional.empty();
  }

  /** Returns the frame of the step. */
  ByteBuffer of(AdapterState state) {
    if (current.isEmpty()) {
      int index = (int) (state.step() % memory.length);
      if (memory[index] == null) {
        memory[index] = ByteBuffer.allocateDirect(DriverMessage.mostBytes(state.values().length));
      }
      current = Optional.of(new DriverMessage.Compute(state).encode(memory[index]));
    }
    return current.get();
  }
}
