package io.gyre.runtime.docker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.AuthConfigurations;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.core.SSLConfig;
import java.net.URI;

/** docker-java's own configuration, but with our mapper. */
@SuppressWarnings("deprecation")
record EngineConfig(DockerClientConfig base, ObjectMapper mapper) implements DockerClientConfig {
  static EngineConfig of(String apiVersion, ObjectMapper mapper) {
    return new EngineConfig(
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(EngineAddress.DEFAULT)
            .withDockerTlsVerify(false)
            .withApiVersion(apiVersion)
            .build(),
        mapper);
  }

  @Override
  public ObjectMapper getObjectMapper() {
    return mapper;
  }

  @Override
  public URI getDockerHost() {
    return base.getDockerHost();
  }

  @Override
  public RemoteApiVersion getApiVersion() {
    return base.getApiVersion();
  }

  @Override
  public String getRegistryUsername() {
    return base.getRegistryUsername();
  }

  @Override
  public String getRegistryPassword() {
    return base.getRegistryPassword();
  }

  @Override
  public String getRegistryEmail() {
    return base.getRegistryEmail();
  }

  @Override
  public String getRegistryUrl() {
    return base.getRegistryUrl();
  }

  @Override
  public AuthConfig effectiveAuthConfig(String imageName) {
    return base.effectiveAuthConfig(imageName);
  }

  @Override
  public AuthConfigurations getAuthConfigurations() {
    return base.getAuthConfigurations();
  }

  @Override
  public SSLConfig getSSLConfig() {
    return base.getSSLConfig();
  }
}
