package org.sparklora.report.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sparklora.train.step.TimeSplit;

class UtilisationTest {
  @Test
  void saysWhatWorkersWaitFor() {
    TimeSplit step = TimeSplit.of(1, 0.8, 0.1, 0.04, 0);
    TimeSplit first = TimeSplit.of(6, 0.8, 0.22, 0.04, 4.9);
    assertThat(Utilisation.text(step.plus(first), 10))
        .isEqualTo(
            "16.0 % of 10 s; waiting for data 3.2 %, exchange 1.0 %, driver 0.8 %, starting 49.0"
                + " %, between steps 30.0 %");
  }

  @Test
  void leavesOutWhatTakesNoTime() {
    assertThat(Utilisation.text(TimeSplit.of(120, 120, 0, 0, 0), 120))
        .isEqualTo("100.0 % of 2 min");
  }

  @Test
  void theExchangeIsWhatIsLeftOfAStep() {
    TimeSplit step = TimeSplit.of(1, 0.7, 0.1, 0.05, 0.05);
    assertThat(step.exchange()).isCloseTo(0.1, org.assertj.core.api.Assertions.within(1e-12));
    assertThat(step.seconds()).isCloseTo(1, org.assertj.core.api.Assertions.within(1e-12));
  }
}
