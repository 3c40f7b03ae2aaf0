package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdlePoolTest {
  private final List<String> closed = new ArrayList<>();
  private final IdlePool<String, String> pool = new IdlePool<>(closed::add);

  @Test
  void anIdleObjectIsTakenAgain() {
    pool.giveBack(1, "cuda:0", pool.take(1, "cuda:0", () -> "first"));
    assertThat(pool.take(1, "cuda:0", () -> "second")).isEqualTo("first");
  }

  @Test
  void anotherRunClosesWhatIsIdleAndWhatComesLate() {
    String late = pool.take(1, "cuda:0", () -> "late");
    pool.giveBack(1, "cuda:1", pool.take(1, "cuda:1", () -> "idle"));
    pool.take(2, "cuda:1", () -> "new");
    pool.giveBack(1, "cuda:0", late);
    assertThat(closed).containsExactly("idle", "late");
  }

  @Test
  void anObjectIsKeptIfItsRunIsTheCurrentOneAgain() {
    String first = pool.take(1, "cuda:0", () -> "first");
    pool.take(2, "cuda:1", () -> "second");
    pool.take(1, "cuda:1", () -> "third");
    pool.giveBack(1, "cuda:0", first);
    assertThat(pool.take(1, "cuda:0", () -> "fourth")).isEqualTo("first");
  }
}
