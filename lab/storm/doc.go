// Package storm hurts one cluster of lab/cluster for as long as it is told to, at
// random from a seed: what, whom, for how long, sometimes two things at once, under
// the load of lab/load. After each gust all has to be well again within the time that
// the documentation gives it, and in the end lab/failover's judge holds everything that
// clients, volume and network saw against what must be.
package storm
