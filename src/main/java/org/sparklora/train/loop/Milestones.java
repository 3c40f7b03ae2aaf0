package org.sparklora.train.loop;

import java.io.IOException;
import org.sparklora.train.step.AdapterState;

/** Steps at which training pauses, such as for a validation. */
public interface Milestones {
  /** Training never pauses. */
  Milestones NONE =
      new Milestones() {
        @Override
        public long after(long step) {
          return Long.MAX_VALUE;
        }

        @Override
        public void first(AdapterState state) {}

        @Override
        public void at(AdapterState state) {}
      };

  /** Returns the first milestone after a step. The run's last step is none. */
  long after(long step);

  /** Handles the adapter with which a run begins, before step 0. */
  void first(AdapterState state) throws IOException;

  /** Handles the adapter at a milestone. */
  void at(AdapterState state) throws IOException;
}
