package org.sparklora.hub.publish;

import java.util.Optional;
import org.sparklora.hub.HubToken;

/**
 * Where to publish.
 *
 * @param modelId {@code --hub_model_id}; empty for the folder's name, of the token's user
 * @param token {@code --hub_token}; empty for the environment's, or the token file's
 * @param privateRepo {@code --hub_private_repo}
 */
public record PublishConfig(
    Optional<String> modelId, Optional<HubToken> token, boolean privateRepo) {}
