package org.sparklora.hub.publish;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.hub.HubApi;
import org.sparklora.hub.HubErrors;
import org.sparklora.hub.HubException;
import org.sparklora.hub.HubRepo;
import org.sparklora.hub.HubRequest;
import org.sparklora.hub.HubResponse;
import org.sparklora.hub.HubSettings;
import org.sparklora.hub.HubToken;
import org.sparklora.hub.HubUri;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Redaction;

/** Publishes a run's folder as a model of the hub. */
public final class HubPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(HubPublisher.class);

  private final HubApi api;
  private final HubRepo repo;
  private final boolean privateRepo;
  private final String folder;
  private final Configuration hadoop;

  private HubPublisher(
      HubApi api, HubRepo repo, boolean privateRepo, String folder, Configuration hadoop) {
    this.api = api;
    this.repo = repo;
    this.privateRepo = privateRepo;
    this.folder = folder;
    this.hadoop = hadoop;
  }

  /**
   * Asks the hub for the token's user and whether the token may write. Writes nothing.
   *
   * @param folder of the run, a path or a URI; it need not exist yet
   * @throws InvalidInputException when there is no token, when it lacks the right, or when the hub
   *     cannot be reached
   */
  public static HubPublisher open(PublishConfig config, String folder, Configuration hadoop) {
    try {
      return open(
          config, HubSettings.of(System.getenv(), hadoop).with(config.token()), folder, hadoop);
    } catch (HubException e) {
      throw e.asInvalidInput();
    } catch (IllegalArgumentException e) {
      throw InvalidInputException.configuration(e.getMessage());
    } catch (IOException e) {
      throw InvalidInputException.resources("Cannot reach the hub: " + e.getMessage());
    }
  }

  /**
   * Publishes a folder that was written before.
   *
   * @return the repository's page
   * @throws InvalidInputException (CONFIGURATION) when there is nothing to publish, when there is
   *     no token, or when it lacks the right
   * @throws PublishException naming the command that continues publishing
   */
  public static String push(
      PublishConfig config, String folder, Configuration hadoop, String summary) {
    requireFiles(folder, hadoop);
    try {
      return open(config, folder, hadoop).publish(summary);
    } catch (InvalidInputException e) {
      if (e.kind() != InvalidInputException.Kind.RESOURCES) {
        throw e;
      }
      throw new PublishException(
          "Upload failed: "
              + e.getMessage()
              + ". The files in "
              + shown(folder)
              + " are as they were",
          e);
    }
  }

  /**
   * Returns what {@link #push} would do. Reads from the hub, but writes nothing to it. Without a
   * token it does not ask the hub.
   *
   * @throws InvalidInputException (CONFIGURATION) when there is nothing to publish, or a token
   *     without the right
   */
  public static UploadPlan plan(
      PublishConfig config, String folder, Configuration hadoop, String summary) {
    try {
      return plan(
          config,
          HubSettings.of(System.getenv(), hadoop).with(config.token()),
          folder,
          hadoop,
          summary);
    } catch (HubException e) {
      throw e.asInvalidInput();
    } catch (IllegalArgumentException e) {
      throw InvalidInputException.configuration(e.getMessage());
    } catch (IOException e) {
      throw InvalidInputException.configuration(
          "Cannot publish " + shown(folder) + ": " + e.getMessage());
    }
  }

  static UploadPlan plan(
      PublishConfig config,
      HubSettings settings,
      String folder,
      Configuration hadoop,
      String summary)
      throws IOException {
    requireFiles(folder, hadoop);
    String id = config.modelId().orElseGet(() -> nameOf(folder));
    Optional<String> unknown = Optional.empty();
    try {
      id = open(config, settings, folder, hadoop).id();
    } catch (IOException e) {
      boolean asked = !settings.offline() && settings.token().isPresent();
      if (asked && e instanceof HubException hub && hub.reason() == HubException.Reason.REFUSED) {
        throw e;
      }
      requireId(whole(id));
      unknown = Optional.of(settings.offline() ? "HF_HUB_OFFLINE is set" : e.getMessage());
    }
    List<UploadPlan.File> files = new ArrayList<>();
    for (UploadFile file :
        UploadFolder.files(folder, new HubRepo(HubRepo.Kind.MODEL, whole(id)), hadoop)) {
      files.add(new UploadPlan.File(file.path(), file.size()));
    }
    return new UploadPlan(id, config.privateRepo(), summary, files, unknown);
  }

  /** An id whose namespace may not be known. */
  private static String whole(String id) {
    return id.contains("/") ? id : "user/" + id;
  }

  private static void requireFiles(String folder, Configuration hadoop) {
    String why;
    try {
      HubRepo any = new HubRepo(HubRepo.Kind.MODEL, "user/name");
      if (!UploadFolder.files(folder, any, hadoop).isEmpty()) {
        return;
      }
      why = "there is nothing to publish in it";
    } catch (FileNotFoundException e) {
      why = "there is no such folder";
    } catch (IOException e) {
      why = e.getMessage();
    }
    throw InvalidInputException.configuration("Cannot publish " + shown(folder) + ": " + why);
  }

  public static HubPublisher open(
      PublishConfig config, HubSettings settings, String folder, Configuration hadoop)
      throws IOException {
    if (settings.offline()) {
      throw new HubException(
          HubException.Reason.REFUSED,
          "Cannot publish: HF_HUB_OFFLINE is set; unset it, or leave out --push_to_hub and push"
              + " later");
    }
    requireToken(settings);
    HubApi api = HubApi.of(settings);
    JsonNode user = api.whoami();
    String name = config.modelId().orElseGet(() -> nameOf(folder));
    String id = name.contains("/") ? name : user.path("name").asText() + "/" + name;
    requireId(id);
    requireRight(user, id, settings.token().get());
    HubRepo repo = new HubRepo(HubRepo.Kind.MODEL, id);
    return new HubPublisher(api, repo, config.privateRepo(), folder, hadoop);
  }

  private static void requireToken(HubSettings settings) throws HubException {
    if (settings.token().isEmpty()) {
      throw new HubException(
          HubException.Reason.REFUSED,
          "Missing token to publish with: set HF_TOKEN to one that may write ("
              + settings.endpoint()
              + "/settings/tokens), or run hf auth login");
    }
  }

  private static void requireId(String id) throws HubException {
    if (!HubRepo.isId(id)) {
      throw new HubException(
          HubException.Reason.REFUSED,
          "Invalid name on the hub: " + id + "; give --hub_model_id=NAMESPACE/NAME");
    }
  }

  private static String nameOf(String folder) {
    return new Path(folder).getName();
  }

  private static void requireRight(JsonNode user, String id, HubToken token) throws HubException {
    String namespace = id.substring(0, id.indexOf('/'));
    boolean member = namespace.equals(user.path("name").asText());
    for (JsonNode organization : user.path("orgs")) {
      member |= namespace.equals(organization.path("name").asText());
    }
    boolean reads = user.at("/auth/accessToken/role").asText().equals("read");
    if (reads || !member) {
      throw new HubException(
          HubException.Reason.REFUSED,
          "Cannot publish to "
              + id
              + ": "
              + token
              + (reads
                  ? " may only read; set HF_TOKEN to one that may write"
                  : " is of "
                      + user.path("name").asText()
                      + ", who is not in "
                      + namespace
                      + "; change --hub_model_id or HF_TOKEN"));
    }
  }

  /** The repository's id. */
  public String id() {
    return repo.id();
  }

  /**
   * Creates the repository if there is none, and puts the folder's files into it in one commit.
   *
   * @param summary of the commit
   * @return the repository's page
   * @throws PublishException naming the command that continues publishing
   */
  public String publish(String summary) {
    return publish(summary, "Upload failed: ");
  }

  /**
   * As {@link #publish}, for an adapter that has just been trained: if that fails, the message says
   * that the adapter was written.
   */
  public String publishTrained(String summary) {
    return publish(
        summary, "The adapter was trained and written to " + shown(folder) + "; upload failed: ");
  }

  private String publish(String summary, String failed) {
    try {
      List<UploadFile> files = UploadFolder.files(folder, repo, hadoop);
      if (files.isEmpty()) {
        throw new FileNotFoundException("there is nothing to publish in it");
      }
      create();
      String commit = new HubCommit(api, repo).commit(files, summary);
      String page = api.settings().page(repo);
      LOG.info("Published {}: {} at {}", Count.of(files.size(), "file"), page, commit);
      return page;
    } catch (IOException | RuntimeException e) {
      throw new PublishException(
          failed
              + "cannot publish "
              + shown(folder)
              + " as "
              + repo.id()
              + ": "
              + e.getMessage()
              + ". Its files are as they were. To go on: spark-lora push "
              + argument(folder)
              + " --hub_model_id="
              + repo.id()
              + (privateRepo ? " --hub_private_repo" : ""),
          e);
    }
  }

  private static String shown(String location) {
    return Redaction.text(
        location.replaceFirst("^file:(//)?(?=/)", "").replaceFirst("(?<=.)/+$", ""));
  }

  /** A location, quoted for a shell. */
  private static String argument(String location) {
    String shown = shown(location);
    return shown.matches("[\\w@%+=:,./-]+") ? shown : "'" + shown.replace("'", "'\\''") + "'";
  }

  private void create() throws IOException {
    int slash = repo.id().indexOf('/');
    ObjectNode asked = JSON.createObjectNode().put("type", "model");
    asked.put("organization", repo.id().substring(0, slash));
    asked.put("name", repo.id().substring(slash + 1));
    if (privateRepo) {
      asked.put("visibility", "private");
    }
    HubRequest request =
        HubRequest.post(
            api.http().url("/api/repos/create"), "application/json", JSON.writeValueAsBytes(asked));
    try (HubResponse response = api.http().send(request)) {
      boolean mayExist = List.of(401, 402, 403, 409).contains(response.status());
      if (!response.isOk() && !mayExist) {
        HubErrors.requireOk(response);
      }
      Optional<JsonNode> there = existing(response);
      if (privateRepo && there.isPresent() && !there.get().path("private").asBoolean()) {
        throw new HubException(
            HubException.Reason.REFUSED,
            "it is public, and --hub_private_repo was given; make it private at "
                + api.settings().page(repo)
                + "/settings, or choose another --hub_model_id");
      }
    }
  }

  /**
   * The existing repository, if the token may not create one: it may still have the right to write
   * to it.
   */
  private Optional<JsonNode> existing(HubResponse created) throws IOException {
    try {
      return Optional.of(api.info(repo, HubUri.DEFAULT_REVISION));
    } catch (HubException e) {
      if (created.isOk() || created.status() == 409) {
        throw e;
      }
      throw new HubException(
          HubException.Reason.REFUSED,
          "it cannot be created: status " + created.status() + " " + created.message());
    }
  }
}
