"""The routes: one small file for each part of the API. Each says what is asked and hands it to `rigfit.web.work`."""
