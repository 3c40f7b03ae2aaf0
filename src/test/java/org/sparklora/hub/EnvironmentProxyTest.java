package org.sparklora.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ProxySelector;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentProxyTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("HTTPS_PROXY", "http://proxy.example:3128", "no_proxy", "localhost, .internal");

  @Test
  void takesTheEnvironmentsProxyButForExceptedHosts() {
    assertThat(proxy("https://huggingface.co/x")).contains("HTTP @ proxy.example").contains("3128");
    assertThat(proxy("https://hub.internal/x")).isEqualTo("DIRECT");
    assertThat(proxy("https://localhost:1/x")).isEqualTo("DIRECT");
    assertThat(proxy("http://huggingface.co/x")).as("is for https").isEqualTo("DIRECT");
  }

  private static String proxy(String url) {
    return new EnvironmentProxy(ENVIRONMENT, ProxySelector.getDefault())
        .select(URI.create(url))
        .get(0)
        .toString();
  }
}
