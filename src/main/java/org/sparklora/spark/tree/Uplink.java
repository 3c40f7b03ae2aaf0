package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;

/** The connection from a process to one that takes its sums. */
record Uplink(TransportClient client) {
  /**
   * Sends a message that is answered.
   *
   * @param answered gets the answer, in a buffer of its own
   * @param lost told when none will come
   */
  void send(TreeMessage message, Consumer<ByteBuffer> answered, Consumer<Throwable> lost) {
    client.sendRpc(
        message.encode(),
        new RpcResponseCallback() {
          @Override
          public void onSuccess(ByteBuffer response) {
            try {
              // The transport uses its buffer again when this returns.
              answered.accept(ByteBuffer.allocate(response.remaining()).put(response).flip());
            } catch (RuntimeException | OutOfMemoryError e) {
              lost.accept(e);
            }
          }

          @Override
          public void onFailure(Throwable e) {
            lost.accept(e);
          }
        });
  }
}
