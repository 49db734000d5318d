// The page 3-hbnb: 2-hbnb, whose places come from the API.
$(() => {
  hbnb.listChosen('.amenities');
  hbnb.showApiStatus();
  hbnb.placeList().show({});
});
