package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ProcessMemoryTest {
  @Test
  void thePeakIsNoLessThanWhatIsResidentNorThanWhatIsMapped() {
    double resident = ProcessMemory.RESIDENT.gib();

    assertThat(resident).isGreaterThan(0.01);
    assertThat(ProcessMemory.PEAK.gib()).isGreaterThanOrEqualTo(resident);
    assertThat(ProcessMemory.MAPPED.bytes().orElseThrow())
        .isLessThan(ProcessMemory.PEAK.bytes().orElseThrow());
  }
}
