package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InvalidInputExceptionTest {
  @Test
  void theStackTraceOfAServerIsNoPartOfAProblem() {
    String denied = "Cannot write to --output_dir: hdfs:/out: Permission denied: user=guest";
    String remote =
        denied + "\n\tat org.apache.hadoop.A.check(A.java:661)\n\tat java.base/B.c(B.java:712)\n";
    InvalidInputException problem = InvalidInputException.configuration(remote);
    assertThat(problem).hasMessage(denied);
    assertThat(problem.problems()).containsExactly(denied);
    assertThat(InvalidInputException.data(remote + "; look again", new RuntimeException()))
        .hasMessage(denied + "; look again");
  }
}
