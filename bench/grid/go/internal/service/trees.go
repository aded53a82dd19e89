package service

import (
	"math"
	"runtime/metrics"
	"sync"
)

type node struct{ left, right *node }

// Trees is what was planted.
type Trees struct {
	Nodes int `json:"nodes"`
	Kept  int `json:"kept"`
}

var kept struct {
	sync.Mutex
	trees []*node
}

func grow(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{grow(depth - 1), grow(depth - 1)}
}

func (tree *node) count() int {
	if tree.left == nil {
		return 1
	}
	return 1 + tree.left.count() + tree.right.count()
}

// Plant grows a tree and keeps it with the last eight.
func Plant(depth int) *Trees {
	tree := grow(depth)
	kept.Lock()
	defer kept.Unlock()
	kept.trees = append(kept.trees, tree)
	if len(kept.trees) > 8 {
		kept.trees = append([]*node(nil), kept.trees[1:]...)
	}
	return &Trees{tree.count(), len(kept.trees)}
}

// Runtime reads the garbage collector's pauses, in µs, from the runtime's own metrics.
func Runtime() map[string]any {
	samples := []metrics.Sample{
		{Name: "/sched/pauses/total/gc:seconds"},
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/user:cpu-seconds"},
	}
	metrics.Read(samples)
	return map[string]any{
		"language":       "go",
		"pauses_us":      summary(samples[0].Value.Float64Histogram()),
		"cycles":         samples[1].Value.Uint64(),
		"gc_cpu_seconds": samples[2].Value.Float64(),
		"cpu_seconds":    samples[3].Value.Float64(),
	}
}

func summary(histogram *metrics.Float64Histogram) map[string]any {
	var total uint64
	for _, count := range histogram.Counts {
		total += count
	}
	at := func(share float64) float64 {
		var seen uint64
		for i, count := range histogram.Counts {
			seen += count
			if count > 0 && float64(seen) >= share*float64(total) {
				upper := histogram.Buckets[i+1]
				if math.IsInf(upper, 1) {
					upper = histogram.Buckets[i]
				}
				return upper * 1e6
			}
		}
		return 0
	}
	return map[string]any{"count": total, "p50": at(0.5), "p99": at(0.99), "max": at(1)}
}
