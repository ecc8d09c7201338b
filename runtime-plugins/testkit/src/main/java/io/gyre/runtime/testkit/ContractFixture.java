package io.gyre.runtime.testkit;

/** What each part of the contract is given. */
interface ContractFixture {
  RuntimeFixture fixture();

  default Workloads workloads() {
    return fixture().workloads();
  }
}
