// The service on Gin, in release mode, with its own binding and validation.
package main

import (
	"errors"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/gin-gonic/gin"

	"grid/internal/service"
)

func main() {
	items, err := service.OpenItems()
	if err != nil {
		log.Fatal(err)
	}
	upstreams := service.NewUpstreams()
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Recovery())
	router.GET("/health", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	router.GET("/items/:number", func(c *gin.Context) {
		item, err := items.Find(c.Param("number"))
		switch {
		case errors.Is(err, service.ErrNoItem):
			refuse(c, http.StatusNotFound, errors.New("no item "+c.Param("number")))
		case err != nil:
			refuse(c, http.StatusInternalServerError, err)
		default:
			c.JSON(http.StatusOK, item)
		}
	})
	router.POST("/items", func(c *gin.Context) {
		var item service.NewItem
		if err := c.ShouldBindJSON(&item); err != nil {
			refuse(c, http.StatusUnprocessableEntity, err)
			return
		}
		added, err := items.Add(&item)
		if err != nil {
			refuse(c, http.StatusInternalServerError, err)
			return
		}
		c.JSON(http.StatusCreated, added)
	})
	router.POST("/quote", func(c *gin.Context) {
		var order service.Order
		if err := c.ShouldBindJSON(&order); err != nil {
			refuse(c, http.StatusUnprocessableEntity, err)
			return
		}
		quote, err := service.Price(&order)
		if err != nil {
			refuse(c, http.StatusBadRequest, err)
			return
		}
		c.JSON(http.StatusOK, quote)
	})
	router.POST("/digest", func(c *gin.Context) {
		var document service.Document
		if err := c.ShouldBindJSON(&document); err != nil {
			refuse(c, http.StatusUnprocessableEntity, err)
			return
		}
		c.JSON(http.StatusOK, service.Summarise(&document))
	})
	router.GET("/fanout", func(c *gin.Context) {
		said, err := upstreams.Ask(c.Request.Context())
		if err != nil {
			refuse(c, http.StatusBadGateway, err)
			return
		}
		c.JSON(http.StatusOK, said)
	})
	router.GET("/trees/:depth", func(c *gin.Context) {
		depth, err := strconv.Atoi(c.Param("depth"))
		if err != nil {
			refuse(c, http.StatusUnprocessableEntity, err)
			return
		}
		c.JSON(http.StatusOK, service.Plant(depth))
	})
	router.GET("/runtime", func(c *gin.Context) { c.JSON(http.StatusOK, service.Runtime()) })
	log.Fatal(router.Run("127.0.0.1:" + os.Getenv("PORT")))
}

func refuse(c *gin.Context, status int, err error) {
	c.JSON(status, gin.H{"detail": err.Error()})
}
