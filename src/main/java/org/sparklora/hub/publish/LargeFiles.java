package org.sparklora.hub.publish;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.hub.HubApi;
import org.sparklora.hub.HubErrors;
import org.sparklora.hub.HubException;
import org.sparklora.hub.HubRepo;
import org.sparklora.hub.HubRequest;
import org.sparklora.hub.HubResponse;
import org.sparklora.hub.HubUri;
import org.sparklora.hub.TransferProgress;

/**
 * Uploads contents to the hub's store of large files: the batch call of git LFS returns which
 * contents are missing and the URLs for their upload, in one part or, by an extension of the hub,
 * in several. The contents are not visible before a commit names them.
 */
record LargeFiles(HubApi api, HubRepo repo) {
  private static final String LFS = "application/vnd.git-lfs+json";
  private static final int BATCH = 100;
  private static final long SLOWEST_BYTES_PER_SECOND = 50_000;
  private static final Duration ANSWER = Duration.ofMinutes(2);

  void upload(List<UploadFile> files) throws IOException {
    for (int from = 0; from < files.size(); from += BATCH) {
      batch(files.subList(from, Math.min(from + BATCH, files.size())));
    }
  }

  private void batch(List<UploadFile> files) throws IOException {
    Map<String, UploadFile> named = new HashMap<>();
    ObjectNode asked = JSON.createObjectNode();
    asked.put("operation", "upload").put("hash_algo", "sha256");
    asked.putArray("transfers").add("basic").add("multipart");
    asked.putObject("ref").put("name", HubUri.DEFAULT_REVISION);
    ArrayNode objects = asked.putArray("objects");
    for (UploadFile file : files) {
      if (named.put(file.sha256(), file) == null) {
        objects.addObject().put("oid", file.sha256()).put("size", file.size());
      }
    }
    URI url = api.http().url(repo.page() + ".git/info/lfs/objects/batch");
    HubRequest request =
        HubRequest.post(url, LFS, JSON.writeValueAsBytes(asked)).with("Accept", LFS);
    for (JsonNode object : api.json(request, repo, HubUri.DEFAULT_REVISION).path("objects")) {
      UploadFile file = named.get(object.path("oid").asText());
      if (file == null || object.has("error")) {
        throw new HubException(
            HubException.Reason.REFUSED,
            "Cannot upload "
                + (file == null ? "to " + repo.id() : file.path())
                + ": "
                + object.path("error").path("message").asText("the hub's answer names no file"));
      }
      upload(file, object.path("actions"));
    }
  }

  /** Uploads a file. If the answer has no actions, the hub already has the content. */
  private void upload(UploadFile file, JsonNode actions) throws IOException {
    JsonNode action = actions.path("upload");
    if (action.isMissingNode()) {
      return;
    }
    TransferProgress progress =
        TransferProgress.begin("Uploading " + file.path() + " to " + repo.id(), file.size(), 0);
    URI url = uri(action.path("href").asText());
    JsonNode header = action.path("header");
    if (header.has("chunk_size")) {
      uploadParts(file, url, header, progress);
    } else {
      put(file, url, 0, file.size(), progress).close();
    }
    if (actions.has("verify")) {
      verify(file, uri(actions.path("verify").path("href").asText()));
    }
    progress.end();
  }

  private void uploadParts(
      UploadFile file, URI complete, JsonNode header, TransferProgress progress)
      throws IOException {
    long part = header.path("chunk_size").asLong();
    Map<Integer, String> urls = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : header.properties()) {
      if (field.getKey().matches("\\d{1,6}")) {
        urls.put(Integer.parseInt(field.getKey()), field.getValue().asText());
      }
    }
    if (part <= 0 || urls.size() != (file.size() + part - 1) / part) {
      throw new HubException(
          HubException.Reason.UNREACHABLE,
          "Invalid answer for " + file.path() + ": " + urls.size() + " parts of " + part);
    }
    ObjectNode done = JSON.createObjectNode().put("oid", file.sha256());
    ArrayNode parts = done.putArray("parts");
    long offset = 0;
    for (Map.Entry<Integer, String> url : urls.entrySet()) {
      long length = Math.min(part, file.size() - offset);
      try (HubResponse response = put(file, uri(url.getValue()), offset, length, progress)) {
        String etag = response.header("ETag").orElse("");
        parts.addObject().put("partNumber", url.getKey()).put("etag", etag);
      }
      offset += length;
    }
    HubRequest request = HubRequest.post(complete, LFS, JSON.writeValueAsBytes(done));
    try (HubResponse response = api.http().send(request.withoutToken().with("Accept", LFS))) {
      HubErrors.requireOk(response);
    }
  }

  private HubResponse put(
      UploadFile file, URI url, long offset, long length, TransferProgress progress)
      throws IOException {
    Duration timeout = ANSWER.plusSeconds(length / SLOWEST_BYTES_PER_SECOND);
    HubResponse response =
        api.http().send(HubRequest.put(url, () -> file.body(offset, length, progress), timeout));
    HubErrors.requireOk(response);
    return response;
  }

  private void verify(UploadFile file, URI url) throws IOException {
    ObjectNode asked = JSON.createObjectNode();
    asked.put("oid", file.sha256()).put("size", file.size());
    byte[] content = JSON.writeValueAsBytes(asked);
    try (HubResponse response =
        api.http().send(HubRequest.post(url, "application/json", content))) {
      HubErrors.requireOk(response);
    }
  }

  private static URI uri(String href) throws HubException {
    try {
      return new URI(href);
    } catch (URISyntaxException e) {
      throw new HubException(
          HubException.Reason.UNREACHABLE, "Invalid answer of the hub: no URL to upload to");
    }
  }
}
