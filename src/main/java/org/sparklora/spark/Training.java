package org.sparklora.spark;

import java.io.IOException;

/** The training of a run, once its data is prepared. */
interface Training {
  /** Trains to the end, and writes what was trained. */
  void run() throws IOException;

  /** Ends training from another thread without saving. */
  void stop();

  /** Ends training from another thread, and saves the last step that was completed. */
  void stopAndSave() throws IOException;
}
