package org.sparklora.spark;

import java.io.IOException;

/** What a run does once its data is prepared. */
interface Training {
  /** Trains to the end, and writes what was trained. */
  void run() throws IOException;

  /** Ends training from another thread, and saves nothing. */
  void stop();

  /** Ends training from another thread, and saves the last step that was completed. */
  void stopAndSave() throws IOException;
}
