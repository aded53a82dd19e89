// The service on Echo, with its binder and the usual validator.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/go-playground/validator/v10"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"grid/internal/service"
)

type checker struct{ validate *validator.Validate }

func (c *checker) Validate(value any) error { return c.validate.Struct(value) }

func main() {
	items, err := service.OpenItems()
	if err != nil {
		log.Fatal(err)
	}
	upstreams := service.NewUpstreams()
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Validator = &checker{validator.New()}
	e.Use(middleware.Recover())
	e.GET("/health", func(c echo.Context) error {
		return answer(c, http.StatusOK, map[string]string{"status": "ok"})
	})
	e.GET("/items/:number", func(c echo.Context) error {
		item, err := items.Find(c.Param("number"))
		switch {
		case errors.Is(err, service.ErrNoItem):
			return refuse(c, http.StatusNotFound, errors.New("no item "+c.Param("number")))
		case err != nil:
			return err
		}
		return answer(c, http.StatusOK, item)
	})
	e.POST("/items", func(c echo.Context) error {
		var item service.NewItem
		if err := read(c, &item); err != nil {
			return refuse(c, http.StatusUnprocessableEntity, err)
		}
		added, err := items.Add(&item)
		if err != nil {
			return err
		}
		return answer(c, http.StatusCreated, added)
	})
	e.POST("/quote", func(c echo.Context) error {
		var order service.Order
		if err := read(c, &order); err != nil {
			return refuse(c, http.StatusUnprocessableEntity, err)
		}
		quote, err := service.Price(&order)
		if err != nil {
			return refuse(c, http.StatusBadRequest, err)
		}
		return answer(c, http.StatusOK, quote)
	})
	e.POST("/digest", func(c echo.Context) error {
		var document service.Document
		if err := read(c, &document); err != nil {
			return refuse(c, http.StatusUnprocessableEntity, err)
		}
		return answer(c, http.StatusOK, service.Summarise(&document))
	})
	e.GET("/fanout", func(c echo.Context) error {
		said, err := upstreams.Ask(c.Request().Context())
		if err != nil {
			return refuse(c, http.StatusBadGateway, err)
		}
		return answer(c, http.StatusOK, said)
	})
	e.GET("/trees/:depth", func(c echo.Context) error {
		depth, err := strconv.Atoi(c.Param("depth"))
		if err != nil {
			return refuse(c, http.StatusUnprocessableEntity, err)
		}
		return answer(c, http.StatusOK, service.Plant(depth))
	})
	e.GET("/runtime", func(c echo.Context) error {
		return answer(c, http.StatusOK, service.Runtime())
	})
	log.Fatal(e.Start("127.0.0.1:" + os.Getenv("PORT")))
}

func read(c echo.Context, into any) error {
	if err := c.Bind(into); err != nil {
		return err
	}
	return c.Validate(into)
}

// answer is c.JSON without the line end that Echo's encoder adds: all write the same bytes.
func answer(c echo.Context, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return c.JSONBlob(status, body)
}

func refuse(c echo.Context, status int, err error) error {
	return answer(c, status, map[string]string{"detail": err.Error()})
}
