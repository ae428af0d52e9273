"""Recipes: strict, typed, frozen descriptions of a training run."""

from keras_dgggan.recipe.load import find_recipe as find_recipe
from keras_dgggan.recipe.load import load_recipe as load_recipe
from keras_dgggan.recipe.load import recipe_differences as recipe_differences
from keras_dgggan.recipe.load import recipe_text as recipe_text
from keras_dgggan.recipe.load import shipped_recipes as shipped_recipes
from keras_dgggan.recipe.schema import Recipe as Recipe
from keras_dgggan.recipe.schema import json_schema as json_schema
