package org.sparklora.spark.reduce;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** The most that was left in this process's heap after a collection. */
final class HeapPeak {
  private static final Set<String> HEAP =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .map(pool -> pool.getName())
          .collect(Collectors.toSet());

  private static boolean listening;
  private static long most;

  private HeapPeak() {}

  /** Begins to look, or begins again. */
  static synchronized void begin() {
    if (!listening) {
      listening = true;
      for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
        ((NotificationEmitter) collector)
            .addNotificationListener((note, nothing) -> add(note), null, null);
      }
    }
    most = 0;
  }

  private static synchronized void add(Notification note) {
    if (note.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
      Map<String, MemoryUsage> after =
          GarbageCollectionNotificationInfo.from((CompositeData) note.getUserData())
              .getGcInfo()
              .getMemoryUsageAfterGc();
      long used =
          HEAP.stream()
              .mapToLong(pool -> after.containsKey(pool) ? after.get(pool).getUsed() : 0)
              .sum();
      most = Math.max(most, used);
    }
  }

  /** In bytes. */
  static synchronized long most() {
    return most;
  }
}
