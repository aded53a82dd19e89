// Package service is what the three Go servers share: the computations, the items, the upstreams.
package service

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"unicode/utf8"
)

const steps = 180

// Order has ten fields; prices in units of currency, rates per year as fractions.
type Order struct {
	Symbol     *string  `json:"symbol" binding:"required" validate:"required"`
	Kind       string   `json:"kind" binding:"required,oneof=call put" validate:"required,oneof=call put"`
	Style      string   `json:"style" binding:"required,oneof=american european" validate:"required,oneof=american european"`
	Spot       *float64 `json:"spot" binding:"required" validate:"required"`
	Strike     *float64 `json:"strike" binding:"required" validate:"required"`
	Rate       *float64 `json:"rate" binding:"required" validate:"required"`
	Dividend   *float64 `json:"dividend" binding:"required" validate:"required"`
	Volatility *float64 `json:"volatility" binding:"required" validate:"required"`
	Days       *int64   `json:"days" binding:"required" validate:"required"`
	Quantity   *int64   `json:"quantity" binding:"required" validate:"required"`
}

// Quote is in millionths of a unit.
type Quote struct {
	Symbol      string `json:"symbol"`
	PriceMicros int64  `json:"price_micros"`
	DeltaMicros int64  `json:"delta_micros"`
	GammaMicros int64  `json:"gamma_micros"`
	ThetaMicros int64  `json:"theta_micros"`
	ValueMicros int64  `json:"value_micros"`
}

// Document is what Summarise takes.
type Document struct {
	Name *string `json:"name" binding:"required" validate:"required"`
	Text *string `json:"text" binding:"required" validate:"required"`
}

// Digest is a document's SHA-256 and its bytes, line ends, words and longest line.
type Digest struct {
	Name    string `json:"name"`
	Bytes   int    `json:"bytes"`
	Lines   int    `json:"lines"`
	Words   int    `json:"words"`
	Longest int    `json:"longest"`
	SHA256  string `json:"sha256"`
}

func check(order *Order) error {
	if *order.Spot <= 0 || *order.Strike <= 0 {
		return errors.New("spot and strike must be above 0")
	}
	if *order.Volatility <= 0 || *order.Volatility > 5 {
		return errors.New("volatility must be above 0 and at most 5")
	}
	if *order.Days < 1 || *order.Days > 3650 {
		return errors.New("days must be from 1 to 3650")
	}
	if *order.Quantity == 0 || *order.Quantity > 1000000 || *order.Quantity < -1000000 {
		return errors.New("quantity must not be 0 and at most 1000000")
	}
	return nil
}

func micros(value float64) int64 {
	return int64(math.RoundToEven(value * 1000000))
}

// Price prices an option by the binomial tree of Cox, Ross and Rubinstein (1979), with its Greeks.
func Price(order *Order) (*Quote, error) {
	if err := check(order); err != nil {
		return nil, err
	}
	spot, strike, quantity := *order.Spot, *order.Strike, *order.Quantity
	step := float64(*order.Days) / 365 / steps
	up := math.Exp(*order.Volatility * math.Sqrt(step))
	down := 1 / up
	growth := math.Exp((*order.Rate - *order.Dividend) * step)
	chance := (growth - down) / (up - down)
	if chance <= 0 || chance >= 1 {
		return nil, errors.New("no probabilities for these rates at this volatility")
	}
	discount := math.Exp(-*order.Rate * step)
	rise := discount * chance
	fall := discount * (1 - chance)
	square := up * up
	american := order.Style == "american"
	sign := 1.0
	if order.Kind == "put" {
		sign = -1
	}

	lowest := spot
	for range steps {
		lowest *= down
	}
	var values [steps + 1]float64
	price := lowest
	for i := range values {
		values[i] = max(sign*(price-strike), 0)
		price *= square
	}

	var delta, gamma, middle float64
	for level := steps - 1; level >= 0; level-- {
		lowest *= up
		price = lowest
		for i := 0; i <= level; i++ {
			value := fall*values[i] + rise*values[i+1]
			if american {
				if now := sign * (price - strike); now > value {
					value = now
				}
				price *= square
			}
			values[i] = value
		}
		switch level {
		case 2:
			high := spot * square
			low := spot * down * down
			above := (values[2] - values[1]) / (high - spot)
			below := (values[1] - values[0]) / (spot - low)
			gamma = (above - below) / (0.5 * (high - low))
			middle = values[1]
		case 1:
			delta = (values[1] - values[0]) / (spot*up - spot*down)
		}
	}
	theta := (middle - values[0]) / (2 * step * 365)
	return &Quote{
		Symbol:      *order.Symbol,
		PriceMicros: micros(values[0]),
		DeltaMicros: micros(delta),
		GammaMicros: micros(gamma),
		ThetaMicros: micros(theta),
		ValueMicros: micros(values[0] * float64(quantity)),
	}, nil
}

// Summarise digests a document.
func Summarise(document *Document) *Digest {
	text := *document.Text
	longest := 0
	for line := range strings.SplitSeq(text, "\n") {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	words := 0
	for range strings.FieldsSeq(text) {
		words++
	}
	sum := sha256.Sum256([]byte(text))
	return &Digest{
		Name:    *document.Name,
		Bytes:   len(text),
		Lines:   strings.Count(text, "\n"),
		Words:   words,
		Longest: longest,
		SHA256:  hex.EncodeToString(sum[:]),
	}
}
