package org.sparklora.hub.publish;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.hub.HubApi;
import org.sparklora.hub.HubErrors;
import org.sparklora.hub.HubException;
import org.sparklora.hub.HubRepo;
import org.sparklora.hub.HubRequest;
import org.sparklora.hub.HubResponse;
import org.sparklora.hub.HubUri;
import org.sparklora.util.Count;
import org.sparklora.util.Retries.Outcome;

/**
 * Puts files into a repository in one commit, on top of the commit that was read. If the answer is
 * lost, or another commit came first, it reads the repository again. Files that are already there
 * are not sent again, so a commit is never made twice.
 */
record HubCommit(HubApi api, HubRepo repo) {
  private static final Logger LOG = LoggerFactory.getLogger(HubCommit.class);
  private static final int ATTEMPTS = 5;
  private static final int BATCH = 256;
  private static final String NDJSON = "application/x-ndjson";

  /** Files that differ from the repository's, by the way in which they are sent. */
  private record Changes(List<UploadFile> large, List<UploadFile> small) {
    boolean isEmpty() {
      return large.isEmpty() && small.isEmpty();
    }
  }

  /**
   * Makes a commit with the files, and returns it. If the current commit already has them all, that
   * one is returned.
   *
   * @param summary of the commit
   */
  String commit(List<UploadFile> files, String summary) throws IOException {
    return api.http().repeatedly(attempt -> commit(files, summary, attempt));
  }

  private Outcome<String> commit(List<UploadFile> files, String summary, int attempt)
      throws IOException {
    String head = api.commit(repo, HubUri.DEFAULT_REVISION);
    Changes changes = changes(files);
    if (changes.isEmpty()) {
      LOG.info(
          "{} has already what is to be published: {}", repo.id(), Count.of(files.size(), "file"));
      return Outcome.done(head);
    }
    new LargeFiles(api, repo).upload(changes.large());
    String failure;
    try (HubResponse response = api.http().send(request(changes, summary, head))) {
      if (response.isOk()) {
        return Outcome.done(response.json().path("commitOid").asText());
      }
      failure = "status " + response.status() + " " + response.message();
      boolean passes =
          response.status() == 412 || response.status() == 429 || response.status() >= 500;
      if (!passes || attempt == ATTEMPTS) {
        HubErrors.requireOk(response, api.settings(), repo, HubUri.DEFAULT_REVISION);
      }
    } catch (HubException e) {
      if (e.reason() != HubException.Reason.UNREACHABLE || attempt == ATTEMPTS) {
        throw e;
      }
      failure = e.getMessage();
    }
    LOG.warn("The commit to {} failed ({}); looking again", repo.id(), failure);
    return Outcome.again();
  }

  /** Asks the hub how to send each file, and what it has under the same name. */
  private Changes changes(List<UploadFile> files) throws IOException {
    Changes changes = new Changes(new ArrayList<>(), new ArrayList<>());
    for (int from = 0; from < files.size(); from += BATCH) {
      List<UploadFile> some = files.subList(from, Math.min(from + BATCH, files.size()));
      ObjectNode asked = JSON.createObjectNode();
      ArrayNode asks = asked.putArray("files");
      Map<String, UploadFile> named = new HashMap<>();
      for (UploadFile file : some) {
        named.put(file.path(), file);
        String sample = Base64.getEncoder().encodeToString(file.sample());
        asks.addObject().put("path", file.path()).put("sample", sample).put("size", file.size());
      }
      JsonNode answer =
          api.post(api.url(repo, "/preupload/" + HubUri.DEFAULT_REVISION), asked, repo);
      for (JsonNode one : answer.path("files")) {
        UploadFile file = named.remove(one.path("path").asText());
        if (file != null && !one.path("shouldIgnore").asBoolean()) {
          add(file, one, changes);
        }
      }
      if (!named.isEmpty()) {
        throw new HubException(
            HubException.Reason.UNREACHABLE,
            "Invalid answer of the hub: it does not say how to send " + named.keySet());
      }
    }
    return changes;
  }

  private static void add(UploadFile file, JsonNode told, Changes changes) throws IOException {
    // An empty file cannot be sent as a large one.
    boolean large = told.path("uploadMode").asText().equals("lfs") && file.size() > 0;
    Optional<String> there = Optional.ofNullable(told.path("oid").textValue());
    if (!there.equals(Optional.of(large ? file.sha256() : file.gitSha1()))) {
      (large ? changes.large() : changes.small()).add(file);
    }
  }

  /** The request of a commit: one line of JSON for the commit and one for each file. */
  private HubRequest request(Changes changes, String summary, String head) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    ObjectNode header = JSON.createObjectNode();
    header.put("summary", summary).put("description", "").put("parentCommit", head);
    line(lines, "header", header);
    for (UploadFile file : changes.small()) {
      ObjectNode value = JSON.createObjectNode().put("path", file.path());
      value.put("encoding", "base64");
      value.put("content", Base64.getEncoder().encodeToString(file.content()));
      line(lines, "file", value);
    }
    for (UploadFile file : changes.large()) {
      ObjectNode value = JSON.createObjectNode().put("path", file.path());
      value.put("algo", "sha256").put("oid", file.sha256()).put("size", file.size());
      line(lines, "lfsFile", value);
    }
    return HubRequest.post(
            api.url(repo, "/commit/" + HubUri.DEFAULT_REVISION), NDJSON, lines.toByteArray())
        .once();
  }

  private static void line(ByteArrayOutputStream lines, String key, ObjectNode value)
      throws IOException {
    ObjectNode line = JSON.createObjectNode().put("key", key);
    line.set("value", value);
    lines.write(JSON.writeValueAsBytes(line));
    lines.write('\n');
  }
}
