package io.gyre.model;

/**
 * What a namespace wants.
 *
 * @param instances the replicas of all deployments
 * @param demand of all instances; those that ask for nothing count as nothing
 */
public record Usage(long deployments, long instances, Demand demand) {
  public static final Usage NONE = new Usage(0, 0, Demand.NONE);
}
