package service

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"golang.org/x/sync/errgroup"
)

// Fanout is what the upstreams said.
type Fanout struct {
	Values [3]int `json:"values"`
	Total  int    `json:"total"`
}

// Upstreams asks three of them at once.
type Upstreams struct {
	client http.Client
	base   string
}

// NewUpstreams keeps as many connections as there are requests.
func NewUpstreams() *Upstreams {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = 0
	transport.MaxIdleConnsPerHost = 20000
	return &Upstreams{http.Client{Transport: transport}, os.Getenv("GRID_UPSTREAM")}
}

// Ask calls the three upstreams and adds their values up.
func (up *Upstreams) Ask(ctx context.Context) (*Fanout, error) {
	var answer Fanout
	group, ctx := errgroup.WithContext(ctx)
	for i := range answer.Values {
		group.Go(func() error {
			value, err := up.one(ctx, i+1)
			answer.Values[i] = value
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, value := range answer.Values {
		answer.Total += value
	}
	return &answer, nil
}

func (up *Upstreams) one(ctx context.Context, number int) (int, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%s/up/%d", up.base, number), nil)
	if err != nil {
		return 0, err
	}
	response, err := up.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var answer struct{ Value int }
	err = json.NewDecoder(response.Body).Decode(&answer)
	return answer.Value, err
}
