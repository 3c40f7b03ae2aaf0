package org.sparklora.train.loop;

import java.io.IOException;
import org.sparklora.train.step.AdapterState;

/** Steps at which training pauses so that the adapter can be looked at. */
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

  /** The first milestone after this step, the run's last step apart. */
  long after(long step);

  /** Looks at the adapter that a run begins with, before its step 0. */
  void first(AdapterState state) throws IOException;

  /** Looks at the adapter at a milestone. */
  void at(AdapterState state) throws IOException;
}
