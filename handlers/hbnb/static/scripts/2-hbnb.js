// The page 2-hbnb: chosen amenities, and a dot that tells whether the API answers.
$(() => {
  hbnb.listChosen('.amenities');
  hbnb.showApiStatus();
});
